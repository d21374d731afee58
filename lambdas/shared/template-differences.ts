import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import type { TemplateDifference } from '../../contracts/silos.ts';

const Section = z._default(z.record(z.string(), z.record(z.string(), z.json())), {});
/** What of a CloudFormation template is compared. Metadata and descriptions change no resource. */
const Template = z.object({ Resources: Section, Parameters: Section, Outputs: Section });
type Entry = Readonly<Record<string, z.core.util.JSONType>>;

const sections = ['Resources', 'Parameters', 'Outputs'] as const;
const silent = ['Metadata', 'Description'];

/** The attributes of an entry by name, those of its Properties each by its own. */
function attributesOf({ Properties = {}, ...attributes }: Entry): Entry {
  const properties = Object.entries(Properties as Entry).map(([name, value]) => [`Properties.${name}`, value]);
  const others = Object.entries(attributes).filter(([name]) => !silent.includes(name));
  return Object.fromEntries([...others, ...properties]);
}

const namesOf = (...records: readonly object[]) => [...new Set(records.flatMap((record) => Object.keys(record)))].sort();

/**
 * @param own the template that a stack has, as CloudFormation answers it
 * @param current the template that it would have if it were made now
 * @returns in what the two differ, in the order of names; a change of order in a JSON object is none
 */
export function templateDifferences(own: string, current: string): TemplateDifference[] {
  const [before, after] = [own, current].map((text) => Template.parse(JSON.parse(text))) as [
    z.infer<typeof Template>,
    z.infer<typeof Template>,
  ];
  return sections.flatMap((section) =>
    namesOf(before[section], after[section]).flatMap((name): TemplateDifference[] => {
      const [old, made] = [before[section][name], after[section][name]];
      const type = section === 'Resources' ? { type: String((made ?? old)?.['Type']) } : {};
      if (!old) return [{ change: 'added', section, name, ...type }];
      if (!made) return [{ change: 'removed', section, name, ...type }];
      const [one, other] = [attributesOf(old), attributesOf(made)];
      const differs = namesOf(one, other).filter((attribute) => !isDeepStrictEqual(one[attribute], other[attribute]));
      return differs.length > 0 ? [{ change: 'changed', section, name, ...type, differs }] : [];
    }),
  );
}
