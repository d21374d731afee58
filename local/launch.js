// Starts a command of the local stack, or says in one line why this machine cannot. It is plain JavaScript because what it checks is
// whether this Node runs TypeScript at all: usage, node local/launch.js start|local [options].
import { existsSync } from 'node:fs';

const oldestNode = 24;
const major = Number.parseInt(process.versions.node, 10);
const [name] = process.argv.splice(2, 1);

function fail(problem) {
  console.error(problem);
  process.exit(1);
}

if (!existsSync(new URL('../node_modules/commander', import.meta.url))) {
  fail('The packages are not installed. Run: npm ci');
} else if (major < oldestNode) {
  fail(
    `Node ${oldestNode} or newer is needed, and this is ${process.version}. Run the command by npm, which uses the Node that npm ci installed.`,
  );
} else {
  await import(`./commands/${name}.ts`);
}
