// A link for a member, shown once: the invitation, or the way to a new password.
import { Stack, Text } from '@mantine/core';
import type { Answer } from '../../api/client.ts';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { memberWords } from '../../words/members.ts';
import { sayExactly } from '../../words/times.ts';

export function MemberLink({ link }: { readonly link: Answer<'POST /members/{id}/link'> }) {
  return (
    <Stack gap="xs">
      <ShownOnce
        label={memberWords.linkLabel[link.purpose]}
        text={link.link}
        what={memberWords.linkWhat(link.mailed)}
      />
      <Text size="sm" c="dimmed">
        {memberWords.linkEnds} {sayExactly(link.expiresAt)}
      </Text>
    </Stack>
  );
}
