#!/bin/sh
//usr/bin/env sh "$(dirname "$(readlink -f "$0")")/run-with-node.sh" "$0" "$@"; exit

// To a shell the line above is a command, which finds a Node.js that runs TypeScript; to Node.js it is a comment.

import { makeProgram } from './program.ts';
import { reportFailure } from './report-failure.ts';

// Whoever reads the output may have enough of it, as in "tenantry list | head".
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error, process.argv.includes('--json'));
}
