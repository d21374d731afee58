/** Lets time pass for one queue of a local stack, and for nothing else (local/ministack/tenantry_ministack/queue_time.py). */
export async function passQueueTime(endpoint: string, queueUrl: string, seconds: number): Promise<void> {
  const name = queueUrl.split('/').at(-1);
  const { ok, status } = await fetch(`${endpoint}/_tenantry/queues/${name}/passed-seconds/${seconds}`, { method: 'POST' });
  if (!ok) throw new Error(`The local stack answered ${status} to time that passes for ${name}.`);
}
