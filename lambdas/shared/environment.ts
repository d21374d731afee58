/** @returns the value of a variable that the deployment must have set. @throws an error that names it when it is missing or empty */
export function environment(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set: the function's construct in lib/ must give it.`);
  return value;
}

/** @returns the value of a variable that some deployments set, or undefined where it is missing or empty */
export const optionalEnvironment = (name: string): string | undefined => process.env[name] || undefined;
