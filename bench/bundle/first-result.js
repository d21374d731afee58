// Loads a function's bundle as the Lambda runtime does and calls its handler once; what it says at the end is the first result.
const [, , bundle, event] = process.argv;
const { handler } = await import(bundle);
await handler(JSON.parse(event), {
  awsRequestId: 'first',
  functionName: 'bench',
  memoryLimitInMB: '256',
  invokedFunctionArn: 'bench',
}).catch(() => undefined);
process.stdout.write('done\n');
process.exit(0);
