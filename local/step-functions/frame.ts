import type { StateGroup } from './definition.ts';
import type { Json } from './json.ts';

/**
 * Where a group of states stands: the state machine itself, one branch of a Parallel, one iteration of a Map. Frames are what a redrive
 * resumes from, so that a frame keeps its state and that state's input until the state has been left.
 */
export interface Frame {
  readonly group: StateGroup;
  readonly parent: Frame | undefined;
  /** Set for an iteration of a Map. */
  readonly item: { readonly mapName: string; readonly index: number; readonly value: Json } | undefined;
  /** The variables that were assigned in this group; those of the parents can be read too. */
  readonly variables: Record<string, Json>;
  status: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  stateName: string;
  /** The input of the current state; once the frame has succeeded, its output. */
  input: Json;
  /** When the current state was entered, as the context object writes it; empty before that. */
  enteredTime: string;
  /** Attempts used up by each of the current state's retriers. */
  retryCounts: number[];
  /** The branches or iterations of the current state. */
  children: Frame[] | undefined;
  /** The id of the last history event, which the next one names as its predecessor. */
  lastEventId: number;
}

/** A frame that has not begun. */
export function newFrame(group: StateGroup, input: Json, parent?: Frame, item?: Frame['item']): Frame {
  return {
    group,
    parent,
    item,
    variables: {},
    status: 'PENDING',
    stateName: group.StartAt,
    input,
    enteredTime: '',
    retryCounts: [],
    children: undefined,
    lastEventId: parent?.lastEventId ?? 0,
  };
}

/**
 * A copy to go on from, with retry counters at zero. A copy, because work that was stopped may still hold the old frames.
 * https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export function resumedFrame(frame: Frame, parent?: Frame): Frame {
  const resumed: Frame = { ...frame, parent, variables: { ...frame.variables }, retryCounts: [], children: undefined, enteredTime: '' };
  if (frame.status !== 'SUCCEEDED') resumed.status = 'PENDING';
  resumed.children = frame.children?.map((child) => resumedFrame(child, resumed));
  return resumed;
}

/** The variables that a frame can read: its own and those of the groups around it. */
export function visibleVariables(frame: Frame): Record<string, Json> {
  return frame.parent ? { ...visibleVariables(frame.parent), ...frame.variables } : frame.variables;
}

/** The Map item that `$states.context.Map.Item` shows: that of the nearest Map around. */
export function nearestItem(frame: Frame): Frame['item'] {
  return frame.item ?? (frame.parent ? nearestItem(frame.parent) : undefined);
}
