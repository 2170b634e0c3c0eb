// The fields of a PBX, tab by tab. They know the form alone: the same stand on the page of a new PBX.
import {
  Code,
  Fieldset,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMemo, useState } from 'react';
import { pbxWords } from '../../words/pbxs.ts';
import { expandAddress, type PersonaChoice, readMac, VARIABLES } from './address.ts';
import { countries } from './countries.ts';
import { DidField } from './did-field.tsx';
import { SecretField } from './secret-field.tsx';
import { Section } from './section.tsx';
import type { SeenFields } from './seen-fields.ts';
import classes from './settings-tabs.module.css';
import type { Pbx, PbxForm } from './use-settings.ts';

const { fields } = pbxWords;

interface TabProps {
  readonly form: PbxForm;
  /** Null: it is being added. */
  readonly pbx: Pbx | null;
}

export function GeneralFields({ form, pbx }: TabProps) {
  const words = pbxWords.general;
  return (
    <Section title={words.heading}>
      <TextInput label={fields.name} description={words.name} required {...form.getInputProps('name')} />
      <Switch
        label={fields.autoProvision}
        description={words.autoProvision}
        {...form.getInputProps('autoProvision', { type: 'checkbox' })}
      />
      <Switch
        label={fields.autoAssignMac}
        description={words.autoAssign}
        {...form.getInputProps('autoAssignMac', { type: 'checkbox' })}
      />
      {(form.values.autoAssignMac || form.values.pseudoMacOui !== '' || pbx === null) && (
        <TextInput
          label={fields.pseudoMacOui}
          description={words.oui}
          placeholder={words.ouiPlaceholder}
          maw={420}
          {...form.getInputProps('pseudoMacOui')}
        />
      )}
    </Section>
  );
}

export function SourceFields({ form, pbx }: TabProps) {
  const words = pbxWords.source;
  return (
    <>
      <Section title={words.heading}>
        <TextInput
          label={fields.provisioningUrl}
          description={words.url}
          placeholder={pbxWords.list.sampleUrl}
          type="url"
          inputMode="url"
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('provisioningUrl')}
        />
        <Expansion form={form} pbx={pbx} />
      </Section>
      <Section title={words.persona} about={words.personaWhat}>
        <Select
          label={fields['persona.vendor']}
          description={words.vendor}
          data={VENDOR_CHOICES}
          searchable
          allowDeselect={false}
          {...form.getInputProps('persona.vendor')}
        />
        {form.values.persona.vendor === 'auto' && pbx?.persona.found && (
          <Text size="sm">{words.found(pbxWords.vendors[pbx.persona.found as PersonaChoice])}</Text>
        )}
        <SimpleGrid cols={{ base: 1, sm: 3 }} className={classes.foot}>
          <TextInput
            label={fields['persona.model']}
            description={words.model}
            {...form.getInputProps('persona.model')}
          />
          <TextInput
            label={fields['persona.phoneType']}
            description={words.phoneType}
            {...form.getInputProps('persona.phoneType')}
          />
          <TextInput
            label={fields['persona.firmwareVersion']}
            description={words.firmware}
            {...form.getInputProps('persona.firmwareVersion')}
          />
        </SimpleGrid>
        <TextInput
          label={fields['persona.userAgent']}
          description={words.userAgent}
          placeholder={words.userAgentPlaceholder}
          {...form.getInputProps('persona.userAgent')}
        />
      </Section>
      <Section title={words.more}>
        <Textarea
          label={fields.allowedOrigins}
          description={words.origins}
          autosize
          minRows={2}
          spellCheck={false}
          value={form.values.allowedOrigins.join('\n')}
          error={Object.entries(form.errors).find(([name]) => name.startsWith('allowedOrigins'))?.[1]}
          onChange={(event) => {
            const text = event.currentTarget.value;
            form.setFieldValue('allowedOrigins', text === '' ? [] : text.split(/\r?\n/));
          }}
        />
      </Section>
    </>
  );
}

const VENDOR_CHOICES = Object.entries(pbxWords.vendors).map(([value, label]) => ({ value, label }));

/** What the address becomes for a MAC, while it is typed. */
function Expansion({ form, pbx }: TabProps) {
  const words = pbxWords.source;
  const [sample, setSample] = useState('0015651133aa');
  const mac = readMac(sample);
  const { provisioningUrl, persona } = form.values;
  const said =
    mac === null || provisioningUrl.trim() === ''
      ? null
      : expandAddress(
          provisioningUrl,
          {
            vendor: persona.vendor,
            found: pbx?.persona.found ?? null,
            model: persona.model.trim() || null,
            phoneType: persona.phoneType.trim() || null,
            firmwareVersion: persona.firmwareVersion.trim() || null,
          },
          mac,
        );
  return (
    <div className={classes.expansion}>
      <TextInput
        label={words.sample}
        description={words.sampleWhat}
        size="xs"
        w={190}
        value={sample}
        error={mac === null && words.sampleBad}
        onChange={(event) => setSample(event.currentTarget.value)}
        classNames={{ input: 'mono' }}
      />
      <div className={classes.expanded} aria-live="polite">
        {said === null ? (
          <Text size="xs" c="dimmed">
            {words.urlMore(VARIABLES)}
          </Text>
        ) : said.kind === 'url' ? (
          <>
            <Text size="xs" c="dimmed">
              {{ variables: words.asksFor, file: words.asksFile, directory: words.asksInDirectory }[said.from]}
            </Text>
            <Code className={classes.url}>{said.url}</Code>
          </>
        ) : (
          <Text size="sm" c="var(--mantine-color-error)">
            {said.kind === 'no-url'
              ? words.noUrl
              : said.kind === 'unknown-variable'
                ? `${words.unknownVariable(said.name)} ${words.urlMore(VARIABLES)}`
                : words.needsPersona(said.name)}
          </Text>
        )}
      </div>
    </div>
  );
}

export function LoginFields({ form, pbx }: TabProps) {
  const words = pbxWords.login;
  return (
    <>
      <Section title={words.heading} about={words.about}>
        <TextInput
          label={fields.username}
          description={words.username}
          autoComplete="off"
          spellCheck={false}
          maw={480}
          {...form.getInputProps('username')}
        />
        {pbx === null ? (
          <PasswordInput
            label={fields.password}
            description={words.password}
            autoComplete="new-password"
            maw={480}
            value={form.values.password ?? ''}
            error={form.errors.password}
            onChange={(event) => form.setFieldValue('password', event.currentTarget.value || undefined)}
          />
        ) : (
          <SecretField
            label={fields.password}
            description={words.password}
            isSet={pbx.passwordSet}
            setAt={pbx.passwordSetAt}
            value={form.values.password}
            error={form.errors.password}
            onChange={(value) => form.setFieldValue('password', value)}
          />
        )}
        {pbx !== null && <Text size="sm">{words.loginState[pbx.run.login]}</Text>}
      </Section>
      {pbx !== null && (
        <Section title={words.files}>
          <SecretField
            label={fields.fileKey}
            description={words.fileKeyWhat}
            isSet={pbx.fileKeySet}
            value={form.values.fileKey}
            error={form.errors.fileKey}
            onChange={(value) => form.setFieldValue('fileKey', value)}
            lines={4}
          />
        </Section>
      )}
    </>
  );
}

export function TlsFields({ form }: TabProps) {
  const words = pbxWords.tls;
  return (
    <Section title={words.check}>
      <TextInput
        label={fields.pinSha256}
        description={words.pin}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('pinSha256')}
      />
      <TextInput
        label={fields.expectedName}
        description={words.expectedName}
        spellCheck={false}
        maw={480}
        {...form.getInputProps('expectedName')}
      />
      <Switch
        label={fields.legacyTls}
        description={words.legacy}
        {...form.getInputProps('legacyTls', { type: 'checkbox' })}
      />
      <Switch
        label={fields.allowPlainHttp}
        description={words.plainHttp}
        {...form.getInputProps('allowPlainHttp', { type: 'checkbox' })}
      />
    </Section>
  );
}

export function MappingFields({ form, seen }: TabProps & { readonly seen: SeenFields }) {
  const words = pbxWords.mapping;
  const choices = useMemo(() => countries(), []);
  return (
    <Section title={words.heading}>
      <DidField form={form} seen={seen} />
      <Select
        label={fields.country}
        description={words.country}
        data={choices}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': `${pbxWords.secret.remove}: ${fields.country}` }}
        maw={480}
        value={form.values.country || null}
        error={form.errors.country}
        onChange={(value) => form.setFieldValue('country', value ?? '')}
      />
      <LineRule form={form} />
    </Section>
  );
}

function LineRule({ form }: { readonly form: PbxForm }) {
  const words = pbxWords.mapping;
  const rule = form.values.lineRule;
  const kind = rule === 'first' ? 'first' : rule.startsWith('user:') ? 'user' : 'number';
  return (
    <Stack gap="xs">
      <Select
        label={fields.lineRule}
        description={words.lineRule}
        data={[
          { value: 'first', label: words.lineFirst },
          { value: 'number', label: words.lineNumber },
          { value: 'user', label: words.lineUser },
        ]}
        allowDeselect={false}
        maw={480}
        value={kind}
        {...(kind === 'first' && { error: form.errors.lineRule })}
        onChange={(value) =>
          form.setFieldValue('lineRule', value === 'number' ? '1' : value === 'user' ? 'user:' : 'first')
        }
      />
      {kind === 'number' && (
        <NumberInput
          label={words.lineNumberLabel}
          min={1}
          max={200}
          maw={200}
          value={Number(rule)}
          error={form.errors.lineRule}
          onChange={(value) => form.setFieldValue('lineRule', String(value))}
        />
      )}
      {kind === 'user' && (
        <TextInput
          label={words.lineUserLabel}
          maw={480}
          value={rule.slice('user:'.length)}
          error={form.errors.lineRule}
          onChange={(event) => form.setFieldValue('lineRule', `user:${event.currentTarget.value}`)}
        />
      )}
    </Stack>
  );
}

export function ScheduleFields({ form, pbx }: TabProps) {
  const words = pbxWords.schedule;
  const pace = pbx?.run.pace ?? null;
  return (
    <Section title={words.heading}>
      <NumberInput
        label={fields.resyncHours}
        description={words.resync}
        min={1}
        max={744}
        maw={360}
        {...form.getInputProps('resyncHours')}
      />
      <NumberInput
        label={fields.maxConcurrent}
        description={words.concurrent}
        min={1}
        max={256}
        maw={360}
        {...form.getInputProps('maxConcurrent')}
      />
      <NumberInput
        label={fields.maxPerSecond}
        description={words.perSecond}
        min={1}
        max={1000}
        maw={360}
        {...form.getInputProps('maxPerSecond')}
      />
      <div>
        <Text size="sm" fw={600}>
          {words.learned}
        </Text>
        <Text size="sm">
          {pace === null
            ? words.notLearned
            : `${pbxWords.run.running(pace)}${pace.latencyMs === null ? '' : `, ${pbxWords.run.latency(pace.latencyMs)}`}`}
        </Text>
      </div>
    </Section>
  );
}

/** All fields of a tab; greyed out as a whole for who may not change them. */
export function Fields({ disabled, children }: { readonly disabled: boolean; readonly children: React.ReactNode }) {
  return (
    <Fieldset variant="unstyled" disabled={disabled} className={classes.fields}>
      {children}
    </Fieldset>
  );
}
