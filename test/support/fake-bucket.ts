interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
}

/** What the handlers use of S3, in memory. */
export class FakeBucket {
  readonly objects = new Set<string>();

  put({ Bucket, Key }: ObjectInput) {
    this.objects.add(`${Bucket}/${Key}`);
    return {};
  }

  get({ Bucket, Key }: ObjectInput) {
    if (!this.objects.has(`${Bucket}/${Key}`))
      throw Object.assign(new Error('The object does not exist.'), { name: 'NoSuchKey', $fault: 'client' });
    return { Body: { transformToByteArray: async () => new Uint8Array() } };
  }

  list({ Bucket, Prefix }: { readonly Bucket: string; readonly Prefix: string }) {
    return {
      Contents: [...this.objects]
        .filter((key) => key.startsWith(`${Bucket}/${Prefix}`))
        .map((key) => ({ Key: key.slice(Bucket.length + 1) })),
    };
  }

  delete({ Bucket, Key }: ObjectInput) {
    this.objects.delete(`${Bucket}/${Key}`);
    return {};
  }
}
