import { ShowConfirmation } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { hidden, page, text } from '../shared/page.ts';

/*
 * The page behind the link in the confirmation mail. It changes nothing and reads nothing: mail scanners open links, so only the button confirms.
 */
export const handler = apiHandler(
  ShowConfirmation,
  async ({ query }) => ({
    html: page(
      'Confirm your e-mail address',
      `${text('Press the button to confirm that this address is yours. Your organisation is set up then.')}
<form method="post">${hidden('token', query['token'] as string)}<button type="submit">Confirm address</button></form>`,
    ),
  }),
  () => page('This link is not complete', text('Open the link from the mail again, or copy it whole into the address bar.')),
);
