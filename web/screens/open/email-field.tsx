// Whose sign-in it is, as password managers know it.
import { TextInput } from '@mantine/core';
import { openWords } from '../../words/open.ts';

interface EmailFieldProps {
  readonly email: string;
  readonly onEmail: (email: string) => void;
  readonly autoFocus: boolean;
}

export function EmailField({ email, onEmail, autoFocus }: EmailFieldProps) {
  return (
    <TextInput
      label={openWords.email}
      type="email"
      name="email"
      autoComplete="username"
      required
      withAsterisk={false}
      autoFocus={autoFocus}
      value={email}
      onChange={(event) => onEmail(event.currentTarget.value)}
    />
  );
}
