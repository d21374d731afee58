import { stateNamed } from './definition.ts';
import type { Frame } from './frame.ts';
import type { Run } from './run.ts';

/** The kinds of states that AWS's history says were aborted. */
const abortable = new Set(['Task', 'Wait', 'Parallel', 'Map']);

/**
 * Marks what still runs in these frames as aborted and writes so to the history. It does not wait for the work itself, which finds its scope ended.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export function abortFrames(run: Run, frames: readonly Frame[]): void {
  for (const frame of frames) {
    if (frame.status !== 'RUNNING') continue;
    abortFrames(run, frame.children ?? []);
    const { Type } = stateNamed(frame.group, frame.stateName);
    const entered = frame.enteredTime !== '';
    if (entered && abortable.has(Type)) recordIfRoom(run, frame, `${Type}StateAborted`);
    if (frame.item) recordIfRoom(run, frame, 'MapIterationAborted', { name: frame.item.mapName, index: frame.item.index });
    frame.status = 'ABORTED';
  }
}

/** Aborting must not fail: a full history is left as it is. */
function recordIfRoom(run: Run, frame: Frame, type: string, details?: Record<string, unknown>): void {
  if (!run.execution.history.isFull) run.record(frame, type, details);
}
