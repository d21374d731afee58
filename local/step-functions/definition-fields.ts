/**
 * Which fields a state of each type may have in JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
 */
const common = ['Type', 'Comment', 'QueryLanguage'];
const handsOn = ['Output', 'Assign'];
const leads = ['Next', 'End'];
const handlesErrors = ['Retry', 'Catch'];

export const stateFields: Readonly<Record<string, readonly string[]>> = {
  Task: [...common, ...handsOn, ...leads, ...handlesErrors, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Parallel: [...common, ...handsOn, ...leads, ...handlesErrors, 'Branches', 'Arguments'],
  Map: [...common, ...handsOn, ...leads, ...handlesErrors, 'ItemProcessor', 'Items', 'ItemSelector', 'MaxConcurrency'],
  Pass: [...common, ...handsOn, ...leads],
  Wait: [...common, ...handsOn, ...leads, 'Seconds', 'Timestamp'],
  Choice: [...common, ...handsOn, 'Choices', 'Default'],
  Succeed: [...common, 'Output'],
  Fail: [...common, 'Error', 'Cause'],
};

/** Fields that only states in JSONPath have; here they are refused by name. */
export const jsonPathFields: ReadonlySet<string> = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'ErrorPath',
  'CausePath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Variable',
]);

/** Fields of AWS that the engine does not serve, and why. */
export const unservedFields: Readonly<Record<string, string>> = {
  Credentials: 'calls in another account are not served here',
  ItemReader: 'distributed Map is not served here',
  ItemBatcher: 'distributed Map is not served here',
  ResultWriter: 'distributed Map is not served here',
  Label: 'distributed Map is not served here',
  ToleratedFailureCount: 'distributed Map is not served here',
  ToleratedFailurePercentage: 'distributed Map is not served here',
  Iterator: 'it is the old name of ItemProcessor',
};

export const machineFields = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];
export const branchFields = ['Comment', 'QueryLanguage', 'StartAt', 'States'];
export const processorFields = [...branchFields, 'ProcessorConfig'];
export const retrierFields = [
  'Comment',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
];
export const catcherFields = ['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign'];
export const choiceFields = ['Comment', 'Condition', 'Next', 'Output', 'Assign'];
