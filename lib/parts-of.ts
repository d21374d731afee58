import type { IConstruct } from 'constructs';

/** @returns all constructs of a class below these, in the order in which they were made, so that whoever watches them need not be told of each */
// biome-ignore lint/suspicious/noExplicitAny: which arguments a construct is made of does not matter here.
export function partsOf<Part extends IConstruct>(roots: readonly IConstruct[], kind: new (...args: any[]) => Part): Part[] {
  return roots.flatMap((root) => root.node.findAll()).filter((construct): construct is Part => construct instanceof kind);
}
