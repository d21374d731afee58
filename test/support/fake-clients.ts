/** The class of a client of the SDK. */
type ClientClass = { readonly name: string; readonly prototype: unknown };
/** The class of a command, such as `GetItemCommand`. */
export type CommandClass = { readonly name: string };
/** What serves a command: it is given the command's input, and the client that sent it. */
export type Effect = (input: never, client: object) => unknown;
/** What a fake client knows, by the command's class. */
export type FakeClient = Map<CommandClass, Effect>;

/** A command's operation: `GetItem`. */
export const operationOf = ({ name }: CommandClass): string => name.replace(/Command$/, '');

/**
 * Has every client of a class served by what is put into the map, in place of whatever served them before; a command that is not in it throws. The calls are not kept: a test
 * makes thousands.
 */
export function serveInstead({ name, prototype }: ClientClass): FakeClient {
  const served: FakeClient = new Map();
  Object.assign(prototype as object, {
    async send(this: object, command: { readonly input: object }) {
      const effect = served.get(command.constructor);
      if (!effect) throw new Error(`A call of ${name} that the world does not know: ${command.constructor.name}`);
      return effect(command.input as never, this);
    },
  });
  return served;
}
