import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface Process {
  readonly processId: number;
  readonly parentId: number;
  readonly kilobytes: number;
  readonly command: string;
}

/** The resident sizes of the processes of a local stack at one moment, in kilobytes: of each process that runs a function, and of all others together. */
interface MemorySample {
  readonly functions: ReadonlyMap<number, number>;
  readonly others: number;
}

/** In whose file name MiniStack keeps a function's code. */
const runsFunction = ({ command }: Process) => command.includes('ministack-lambda-');

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [, processId, parentId, kilobytes, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return processId ? { processId: Number(processId), parentId: Number(parentId), kilobytes: Number(kilobytes), command } : [];
  });
}

/** Looks at this process, which runs the engine, and at all that it has started. */
export async function sampleMemory(): Promise<MemorySample> {
  const all = await processes();
  const own = new Set([process.pid]);
  // Parents may be listed after their children, so this goes on until nobody is added.
  for (let before = 0; before < own.size; ) {
    before = own.size;
    for (const { processId, parentId } of all) if (own.has(parentId)) own.add(processId);
  }
  const found = all.filter(({ processId }) => own.has(processId));
  const sum = (some: readonly Process[]) => some.reduce((kilobytes, each) => kilobytes + each.kilobytes, 0);
  return {
    functions: new Map(found.filter(runsFunction).map(({ processId, kilobytes }) => [processId, kilobytes])),
    others: sum(found.filter((each) => !runsFunction(each))),
  };
}

/** How the memory of the functions' processes changed between two moments; those that ran at both are compared. */
export function memoryGrowth(earlier: MemorySample, later: MemorySample) {
  const both = [...earlier.functions.keys()].filter((processId) => later.functions.has(processId));
  const megabytes = ({ functions }: MemorySample) => both.reduce((sum, processId) => sum + (functions.get(processId) ?? 0), 0) / 1024;
  const [middleMegabytes, endMegabytes] = [megabytes(earlier), megabytes(later)];
  return {
    functionProcesses: both.length,
    middleMegabytes,
    endMegabytes,
    growth: endMegabytes / middleMegabytes,
    othersMegabytes: later.others / 1024,
  };
}
