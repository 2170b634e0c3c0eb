// A secret that is written and never read: says that it is set and since when; it is replaced, removed, or left alone.
import { Button, Group, Input, PasswordInput, Text, Textarea } from '@mantine/core';
import type { ReactNode } from 'react';
import { Ago } from '../../parts/ago.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import type { SecretChange } from './pbx-values.ts';

const words = pbxWords.secret;

export function SecretField({
  label,
  description,
  isSet,
  setAt,
  value,
  error,
  onChange,
  lines = 1,
}: {
  readonly label: string;
  readonly description: string;
  readonly isSet: boolean;
  readonly setAt?: string | null;
  readonly value: SecretChange;
  readonly error: ReactNode;
  readonly onChange: (value: SecretChange) => void;
  /** More than one: keys that are files. */
  readonly lines?: number;
}) {
  if (typeof value === 'string') {
    const props = {
      label,
      description,
      value,
      error,
      autoComplete: 'off',
      onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    };
    return (
      <Group align="flex-end" gap="xs">
        {lines > 1 ? (
          <Textarea {...props} rows={lines} flex={1} className="mono" autoFocus />
        ) : (
          <PasswordInput {...props} autoComplete="new-password" flex={1} autoFocus />
        )}
        <Button
          variant="default"
          onClick={() => onChange(undefined)}
          aria-label={words.of(isSet ? words.keep : words.cancel, label)}
        >
          {isSet ? words.keep : words.cancel}
        </Button>
      </Group>
    );
  }
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Group gap="xs" mt={6}>
        {value === null ? (
          <>
            <Text size="sm">{words.willBeRemoved}</Text>
            <Button size="xs" variant="default" onClick={() => onChange(undefined)}>
              {words.undo}
            </Button>
          </>
        ) : (
          <>
            <Text size="sm">
              {isSet && setAt ? (
                <>
                  {words.setAgo} <Ago time={setAt} />
                </>
              ) : isSet ? (
                words.isSet
              ) : (
                words.notSet
              )}
            </Text>
            <Button
              size="xs"
              variant="default"
              onClick={() => onChange('')}
              aria-label={words.of(isSet ? words.replace : words.set, label)}
            >
              {isSet ? words.replace : words.set}
            </Button>
            {isSet && (
              <Button
                size="xs"
                variant="default"
                onClick={() => onChange(null)}
                aria-label={words.of(words.remove, label)}
              >
                {words.remove}
              </Button>
            )}
          </>
        )}
      </Group>
    </Input.Wrapper>
  );
}
