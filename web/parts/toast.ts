// Short news of one's own actions. What happens by itself is in the feed, not here.
import type { NotificationData } from '@mantine/notifications';
import { commonWords } from '../words/common.ts';
import { sayProblem } from '../words/problems.ts';

/** The component comes once the page stands (main.tsx): nobody has done anything before. */
function show(notification: NotificationData): void {
  void import('@mantine/notifications').then(({ notifications }) => notifications.show(notification));
}

export function tell(message: string, title?: string): void {
  show({ message, ...(title && { title }), color: 'pine', autoClose: 6_000 });
}

/** Stays until it is dismissed. */
export function tellProblem(error: unknown): void {
  const said = sayProblem(error);
  const code =
    said.code === null ? '' : ` (${said.code}${said.requestId ? `, ${commonWords.requestId} ${said.requestId}` : ''})`;
  show({ title: said.title, message: `${said.detail}${code}`, color: 'red', autoClose: false });
}
