import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns the text of a file of the project, by its path from the top */
export const projectFile = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** @returns the contents of the fenced blocks of this language, in their order */
const fencedBlocks = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\S*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, content]) => (found === language ? [content as string] : []));

/** An arrow of a Mermaid state diagram. `[*]` is where it starts and ends. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string | undefined;
}

/**
 * @returns the arrows of the one state diagram of a document, in their order
 * @throws when the document has none or several, or when a line of the diagram is neither an arrow nor a setting
 */
export function stateDiagram(markdown: string): Arrow[] {
  const diagrams = fencedBlocks(markdown, 'mermaid').filter((block) => block.startsWith('stateDiagram-v2\n'));
  if (diagrams.length !== 1) throw new Error(`There must be one state diagram, and there are ${diagrams.length}.`);
  const lines = (diagrams[0] as string).split('\n').slice(1);
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('direction ') && !line.startsWith('%%'))
    .map((line) => {
      const [, from, to, label] = /^(\S+) --> (\S+?)(?:: (.+))?$/.exec(line) ?? [];
      if (!from || !to) throw new Error(`This line of the diagram is no arrow: ${line}`);
      return { from, to, label };
    });
}

/** @returns a document without its fenced blocks and code spans, in which nothing is a link or a heading */
export const withoutCode = (markdown: string): string => markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

/**
 * @returns the anchors of a document's headings: lower case, spaces as hyphens, punctuation gone, as
 * https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#section-links says
 */
export const headingAnchors = (markdown: string): string[] =>
  [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** @returns the sections of a document, each with its heading and the text below it */
export const sections = (markdown: string): { heading: string; text: string }[] =>
  markdown
    .split(/^(?=#{1,6} )/m)
    .filter((section) => section.startsWith('#'))
    .map((section) => {
      const [first = '', ...rest] = section.split('\n');
      return { heading: first.replace(/^#+ /, ''), text: rest.join('\n') };
    });
