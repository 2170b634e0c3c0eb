// The choice of the field that holds the phone number, out of those that the files of this PBX really have.
import { Select, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { pbxWords } from '../../words/pbxs.ts';
import type { SeenFields } from './seen-fields.ts';
import type { PbxForm } from './use-settings.ts';

const words = pbxWords.mapping;
const ROLES = ['label', 'displayName', 'userName', 'authName'] as const;
const USUAL = 'account.1.label';
const OTHER = '';

export function DidField({ form, seen }: { readonly form: PbxForm; readonly seen: SeenFields }) {
  const [isTyping, setTyping] = useState(false);
  const value = form.values.didField;
  const seenNames = new Set(seen.fields.map(({ field }) => field));
  const isListed = value === 'none' || value === USUAL || seenNames.has(value) || ROLES.some((role) => role === value);
  const data = [
    { value: 'none', label: words.didNone },
    ...(seen.fields.length > 0
      ? [
          {
            group: seen.from === 'test' ? words.didSeen : words.didHarvested,
            items: seen.fields.map((one) => ({
              value: one.field,
              label: words.seen(one.field, one.value, one.did),
            })),
          },
        ]
      : []),
    {
      group: words.didUsual,
      items: [USUAL, ...(isListed ? [] : [value])]
        .filter((field) => field !== '' && !seenNames.has(field))
        .map((field) => ({ value: field, label: field })),
    },
    {
      group: words.didRoles,
      items: ROLES.filter((role) => !seenNames.has(role)).map((role) => ({ value: role, label: words.roles[role] })),
    },
    { value: OTHER, label: words.didOther },
  ].filter((one) => !('items' in one) || one.items.length > 0);
  return (
    <Stack gap="xs">
      <Select
        label={pbxWords.fields.didField}
        description={words.didField}
        data={data}
        searchable
        allowDeselect={false}
        value={isTyping ? OTHER : value}
        {...(!isTyping && { error: form.errors.didField })}
        onChange={(chosen) => {
          setTyping(chosen === OTHER);
          if (chosen !== null && chosen !== OTHER) form.setFieldValue('didField', chosen);
        }}
      />
      {isTyping && (
        <TextInput
          label={words.didOtherLabel}
          description={words.didOtherWhat}
          value={value}
          error={form.errors.didField}
          onChange={(event) => form.setFieldValue('didField', event.currentTarget.value)}
          classNames={{ input: 'mono' }}
          autoFocus
        />
      )}
      {seen.fields.length === 0 && (
        <Text size="xs" c="dimmed">
          {words.notSeen}
        </Text>
      )}
    </Stack>
  );
}
