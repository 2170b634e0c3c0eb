// What was accepted all the same, but is worth a look.
import { Alert, List } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { userWords } from '../../words/users.ts';

export function Warnings({ warnings }: { readonly warnings: readonly { readonly detail: string }[] }) {
  if (warnings.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle />}
      title={userWords.form.warnings}
      c="var(--mantine-color-text)"
      mb="md"
    >
      <List size="sm">
        {warnings.map(({ detail }) => (
          <List.Item key={detail}>{detail}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
