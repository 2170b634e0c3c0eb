// A link that leads nowhere: incomplete, used, too old.
import { Button, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { isProblem } from '../../api/problem.ts';
import { openWords } from '../../words/open.ts';
import { OpenFrame } from './open-frame.tsx';

export const isBadLink = (error: unknown): boolean => isProblem(error, 'link-invalid');

export function BadLink({ what, title = openWords.badLink }: { readonly what: string; readonly title?: string }) {
  return (
    <OpenFrame title={title}>
      <Stack>
        <Text size="sm">{what}</Text>
        <Button variant="default" renderRoot={(props) => <Link to="/sign-in" {...props} />}>
          {openWords.toSignIn}
        </Button>
      </Stack>
    </OpenFrame>
  );
}

export function NoLink() {
  return <BadLink title={openWords.noLink} what={openWords.noLinkWhat} />;
}
