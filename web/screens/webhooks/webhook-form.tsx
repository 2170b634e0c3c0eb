// The fields of a webhook, for a new one and for a change.
import { Checkbox, Stack, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import type { Answer } from '../../api/client.ts';
import { TenantSelect } from '../../parts/tenants.tsx';
import { webhookWords } from '../../words/webhooks.ts';

export type Webhook = Answer<'GET /webhooks/{id}'>;
export type Event = Webhook['events'][number];

export interface WebhookValues {
  readonly tenantId: string | null;
  readonly url: string;
  readonly description: string;
  readonly events: Event[];
}

export function useWebhookForm(initialValues: WebhookValues): UseFormReturnType<WebhookValues> {
  return useForm<WebhookValues>({
    initialValues,
    validate: { events: (events) => (events.length === 0 ? webhookWords.noEvent : null) },
  });
}

export const valuesOf = ({ tenantId, url, description, events }: Webhook): WebhookValues => ({
  tenantId,
  url,
  description: description ?? '',
  events: [...events],
});

/** @param props.withTenant a webhook stays at its tenant */
export function WebhookFields({
  form,
  withTenant,
}: {
  readonly form: UseFormReturnType<WebhookValues>;
  readonly withTenant: boolean;
}) {
  return (
    <>
      {withTenant && (
        <TenantSelect label={webhookWords.tenant} allowDeselect={false} {...form.getInputProps('tenantId')} />
      )}
      <TextInput
        label={webhookWords.url}
        description={webhookWords.urlWhy}
        placeholder={webhookWords.urlPlaceholder}
        required
        inputMode="url"
        autoComplete="off"
        data-autofocus
        {...form.getInputProps('url')}
      />
      <TextInput
        label={webhookWords.description}
        description={webhookWords.descriptionWhy}
        maxLength={200}
        {...form.getInputProps('description')}
      />
      <Checkbox.Group label={webhookWords.events} withAsterisk {...form.getInputProps('events')}>
        <Stack gap="xs" mt="xs">
          {(Object.keys(webhookWords.eventWords) as Event[]).map((event) => (
            <Checkbox key={event} value={event} label={event} description={webhookWords.eventWords[event]} />
          ))}
        </Stack>
      </Checkbox.Group>
    </>
  );
}
