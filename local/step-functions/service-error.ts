/**
 * A refusal of the Step Functions API; its name is the one that AWS documents for the action.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
