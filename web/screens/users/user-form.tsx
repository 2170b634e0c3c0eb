// The form of a user, for adding and for changing one. The MAC stands at the bottom: it is what one takes along to the PBX.
import { Checkbox, PasswordInput, Radio, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Answer } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { Section } from '../../parts/section.tsx';
import { userWords } from '../../words/users.ts';
import { MacField } from './mac-field.tsx';
import { PbxPick } from './pbx-pick.tsx';
import { numbersOf, type SecretName, type UserValues } from './user-values.ts';

export type UserFormOf = UseFormReturnType<UserValues>;
type User = Answer<'GET /users/{id}'>;
type Pbx = Answer<'GET /pbxs/{id}'>;

const { form: words } = userWords;

interface FieldsProps {
  readonly form: UserFormOf;
  /** Absent: a new one. */
  readonly user?: User;
}

/** The PBX that is chosen in the form; undefined until it is known. */
export function usePbxOf(form: UserFormOf): Pbx | undefined {
  const { pbxId } = form.values;
  return useQuery({ ...read('GET /pbxs/{id}', { params: { id: pbxId } }), enabled: pbxId !== '' }).data;
}

export function UserFields({ form, user }: FieldsProps) {
  const pbx = usePbxOf(form);
  return (
    <>
      <Section title={words.place}>
        <Pair>
          <PbxPick
            label={words.pbx}
            description={user ? words.pbxStays : words.pbxWhat}
            value={form.values.pbxId === '' ? null : form.values.pbxId}
            onChange={(id) => form.setFieldValue('pbxId', id ?? '')}
            error={form.errors.pbxId}
            disabled={user !== undefined}
            required={user === undefined}
          />
          <RouteSelect form={form} pbx={pbx} />
          <Select
            label={words.type}
            description={words.typeWhat[form.values.userType]}
            data={Object.entries(userWords.types).map(([value, label]) => ({ value, label }))}
            allowDeselect={false}
            {...form.getInputProps('userType')}
          />
        </Pair>
      </Section>
      <Section title={words.person}>
        <Pair>
          <TextInput label={words.name} {...form.getInputProps('name')} />
          <TextInput
            label={words.teams}
            description={words.teamsWhat}
            placeholder={words.teamsExample}
            {...form.getInputProps('teamsUserId')}
          />
          <TextInput
            label={words.sipUser}
            description={words.sipUserWhat(hostOf(pbx))}
            {...form.getInputProps('sipUserId')}
          />
          <TextInput label={words.tag} description={words.tagWhat} {...form.getInputProps('userTag')} />
        </Pair>
      </Section>
      <Section title={words.provisioning}>
        <AutoProvision form={form} pbx={pbx} />
      </Section>
      <Section title={words.number} about={numberWords(pbx)}>
        <Pair>
          <TextInput
            label={pbx?.didField === 'none' ? words.did : words.didOverride}
            placeholder={words.didExample}
            description={user?.didSource === 'harvest' && user.did !== null ? words.didNow(user.did) : undefined}
            inputMode="tel"
            {...form.getInputProps('did')}
          />
        </Pair>
        {form.values.userType === 'trunk' && <TrunkNumbers form={form} />}
      </Section>
      <OverrideFields form={form} {...(user && { user })} />
      <Section title={words.portal}>
        <Pair>
          <TextInput label={words.portalName} autoComplete="off" {...form.getInputProps('portalLoginName')} />
          <Secret
            form={form}
            name="portalLoginPassword"
            label={words.portalPassword}
            isSet={user?.portalLoginPasswordSet ?? false}
          />
          <Select
            label={words.voicemail}
            data={[
              { value: '', label: userWords.bulk.voicemailUnset },
              { value: 'true', label: userWords.yes },
              { value: 'false', label: userWords.no },
            ]}
            allowDeselect={false}
            {...form.getInputProps('useTeamsVoicemail')}
          />
        </Pair>
      </Section>
      <Section title={words.mac} about={words.macAbout}>
        <MacField form={form} pbx={pbx} user={user} />
      </Section>
    </>
  );
}

/** What is other for this user than for its PBX. */
export function OverrideFields({ form, user }: FieldsProps) {
  return (
    <>
      <Section title={words.login} about={words.loginWhat}>
        <Pair>
          <TextInput label={words.provUsername} autoComplete="off" {...form.getInputProps('provUsername')} />
          <Secret form={form} name="provPassword" label={words.provPassword} isSet={user?.provPasswordSet ?? false} />
        </Pair>
      </Section>
      <Section title={words.sip} about={words.sipWhat}>
        <Pair>
          <TextInput label={words.sipAuthId} autoComplete="off" {...form.getInputProps('sipAuthId')} />
          <Secret form={form} name="sipPassword" label={words.sipPassword} isSet={user?.sipPasswordSet ?? false} />
        </Pair>
      </Section>
      <Section title={words.line} about={words.lineWhat}>
        <Pair>
          <TextInput label={words.lineRule} placeholder={words.lineExample} {...form.getInputProps('lineRule')} />
        </Pair>
      </Section>
    </>
  );
}

function Pair({ children }: { readonly children: ReactNode }) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" maw={860} style={{ alignItems: 'start' }}>
      {children}
    </SimpleGrid>
  );
}

function RouteSelect({ form, pbx }: { readonly form: UserFormOf; readonly pbx: Pbx | undefined }) {
  const routes = useQuery({
    ...read('GET /voice-routes', { query: { limit: '500', ...(pbx && { tenantId: pbx.tenantId }) } }),
    enabled: pbx !== undefined,
  });
  return (
    <Select
      label={words.route}
      description={words.routeWhat}
      data={[
        { value: '', label: userWords.bulk.tenantsRoute },
        ...(routes.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
      ]}
      allowDeselect={false}
      searchable
      {...form.getInputProps('voiceRouteId')}
    />
  );
}

/** Given by the PBX while it has auto provisioning on; each user may differ. */
function AutoProvision({ form, pbx }: { readonly form: UserFormOf; readonly pbx: Pbx | undefined }) {
  return (
    <Radio.Group
      label={words.autoProvision}
      description={pbx && words.autoProvisionOfPbx(pbx.name, pbx.autoProvision)}
      {...form.getInputProps('autoProvision')}
    >
      <Stack gap="xs" mt="xs">
        {(['inherit', 'on', 'off'] as const).map((value) => (
          <Radio
            key={value}
            value={value}
            label={value === 'inherit' && pbx ? words.asPbx(pbx.autoProvision) : userWords.autoProvision[value]}
            description={words.autoProvisionWhat[value]}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function TrunkNumbers({ form }: { readonly form: UserFormOf }) {
  const numbers = numbersOf(form.values.didList);
  const wrong = Object.entries(form.errors).find(([path]) => path.startsWith('didList'))?.[1];
  return (
    <Pair>
      <Textarea
        label={words.didList}
        description={words.didListWhat}
        autosize
        minRows={3}
        maxRows={12}
        {...form.getInputProps('didList')}
        error={wrong}
      />
      <Select
        label={words.defaultDid}
        description={words.defaultDidWhat}
        data={numbers.map((number, index) => ({ value: String(index), label: number }))}
        clearable
        clearButtonProps={{ 'aria-label': words.defaultDidClear }}
        {...form.getInputProps('defaultDidIndex')}
        onChange={(value) => form.setFieldValue('defaultDidIndex', value ?? '')}
        value={form.values.defaultDidIndex === '' ? null : form.values.defaultDidIndex}
      />
    </Pair>
  );
}

/** Never shown: what is set stays unless it is typed anew or removed. */
function Secret({
  form,
  name,
  label,
  isSet,
}: {
  readonly form: UserFormOf;
  readonly name: SecretName;
  readonly label: string;
  readonly isSet: boolean;
}) {
  const { forget } = form.values;
  const isForgotten = forget.includes(name);
  return (
    <Stack gap={6}>
      <PasswordInput
        label={label}
        description={isSet ? words.secretSet : undefined}
        placeholder={isSet && !isForgotten ? words.secretStays : ''}
        autoComplete="new-password"
        disabled={isForgotten}
        visibilityToggleButtonProps={{ 'aria-label': words.showTyped(label) }}
        {...form.getInputProps(name)}
      />
      {isSet && (
        <Checkbox
          size="xs"
          label={words.removeSecret}
          checked={isForgotten}
          onChange={() =>
            form.setFieldValue('forget', isForgotten ? forget.filter((each) => each !== name) : [...forget, name])
          }
        />
      )}
    </Stack>
  );
}

function hostOf(pbx: Pbx | undefined): string | null {
  const url = pbx?.provisioningUrl?.replaceAll(/[{}$]/g, '');
  return url && URL.canParse(url) ? new URL(url).hostname : null;
}

function numberWords(pbx: Pbx | undefined): ReactNode {
  if (!pbx) return undefined;
  return <Text size="sm">{pbx.didField === 'none' ? words.didByHand(pbx.name) : words.didFrom(pbx.didField)}</Text>;
}
