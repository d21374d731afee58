import { startSharedStack } from './shared-stack.ts';

export default startSharedStack;
