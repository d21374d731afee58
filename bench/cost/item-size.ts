/** An attribute's value as DynamoDB's wire format writes it, such as `{"S": "text"}`. */
export type WireValue = Readonly<Record<string, unknown>>;
export type WireItem = Readonly<Record<string, WireValue>>;

const utf8 = (text: unknown) => Buffer.byteLength(String(text));

/** About a byte for two significant digits, one more, and one for the sign; never more than 21. */
function numberSize(text: string): number {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[^0-9]/g, '')
    .replace(/^0+|0+$/g, '');
  return Math.min(21, Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0));
}

const binarySize = (base64: unknown) => Buffer.from(String(base64), 'base64').length;
const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
/** A list and a map take three bytes, and one more for each element. */
const containerBytes = 3;
const elementBytes = 1;

/** The bytes of a value: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function valueSize(value: WireValue): number {
  const [type, content] = Object.entries(value)[0] ?? [];
  switch (type) {
    case 'S':
      return utf8(content);
    case 'N':
      return numberSize(String(content));
    case 'B':
      return binarySize(content);
    case 'BOOL':
    case 'NULL':
      return 1;
    case 'SS':
      return sum((content as string[]).map(utf8));
    case 'NS':
      return sum((content as string[]).map(numberSize));
    case 'BS':
      return sum((content as string[]).map(binarySize));
    case 'L':
      return containerBytes + sum((content as WireValue[]).map((element) => elementBytes + valueSize(element)));
    case 'M':
      return (
        containerBytes + sum(Object.entries(content as WireItem).map(([name, element]) => elementBytes + utf8(name) + valueSize(element)))
      );
    default:
      throw new Error(`DynamoDB has no type ${type ?? '(none)'}.`);
  }
}

/** The bytes of an item: the names of its attributes and their values. */
export function itemSize(item: WireItem): number {
  return sum(Object.entries(item).map(([name, value]) => utf8(name) + valueSize(value)));
}
