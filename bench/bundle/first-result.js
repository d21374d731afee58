// Loads a function's bundle as the Lambda runtime does and calls its handler once; what it says at the end is the first result, whichever it is.
import { createRequire } from 'node:module';

const [, , bundle, event] = process.argv;
const { handler } = createRequire(import.meta.url)(bundle);
await handler(JSON.parse(event), {
  awsRequestId: 'first',
  functionName: 'bench',
  memoryLimitInMB: '256',
  invokedFunctionArn: 'bench',
}).catch(() => undefined);
process.stdout.write('done\n');
process.exit(0);
