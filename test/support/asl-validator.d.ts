/** The package ships no types. https://github.com/ChristopheBougere/asl-validator */
declare module 'asl-validator' {
  interface ValidationResult {
    readonly isValid: boolean;
    readonly errorsText: (separator?: string) => string;
  }
  export default function validate(definition: object, options?: { checkPaths?: boolean; checkArn?: boolean }): ValidationResult;
}
