const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A page of plain, accessible HTML without scripts. `main` is markup of ours; use `text` for anything from outside. */
export const page = (title: string, main: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.125rem/1.6 system-ui, sans-serif; margin: 0 auto; max-width: 38rem; padding: 2rem 1rem; }
button { font: inherit; padding: 0.6rem 1.2rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
</style>
</head>
<body><main>
<h1>${escaped(title)}</h1>
${main}
</main></body>
</html>
`;

/** A paragraph of text from anywhere. */
export const text = (content: string) => `<p>${escaped(content)}</p>`;

/** A hidden field of a form. */
export const hidden = (name: string, value: string) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`;
