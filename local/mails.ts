/** A mail that the local stack accepted instead of sending it. */
export type Mail = {
  messageId: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string | undefined;
  sentAt: string;
};

type MessagesAnswer = {
  messages: Record<
    string,
    { MessageId: string; Source: string; To: string[]; Subject: string; BodyText: string; BodyHtml: string | null; Timestamp: number }[]
  >;
};

/** Where MiniStack shows the mails that SES accepted. */
export function mailsUrlOf(endpoint: string): string {
  return `${endpoint}/_ministack/ses/messages`;
}

/** All mails so far, the oldest first. */
export async function readMails(endpoint: string): Promise<Mail[]> {
  const answer = await fetch(mailsUrlOf(endpoint));
  if (!answer.ok) throw new Error(`${mailsUrlOf(endpoint)} answered ${answer.status}.`);
  const { messages } = (await answer.json()) as MessagesAnswer;
  return Object.values(messages)
    .flat()
    .map((message) => ({
      messageId: message.MessageId,
      from: message.Source,
      to: message.To,
      subject: message.Subject,
      text: message.BodyText,
      html: message.BodyHtml ?? undefined,
      sentAt: new Date(message.Timestamp * 1000).toISOString(),
    }));
}
