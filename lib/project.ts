import { fileURLToPath } from 'node:url';

/** @returns the absolute path of a file of the project, so that synth does not depend on where it is started */
export const projectPath = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** @returns a construct's name as the name of its file: `CreateAdminUser` becomes `create-admin-user` */
export const kebabCase = (name: string) => name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();
