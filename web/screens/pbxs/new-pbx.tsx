// Adding a PBX: what is needed to ask it once. The rest is set on its page, after a test.
import { Button, Group, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Body, call } from '../../api/client.ts';
import { useMay, useMe } from '../../api/me.ts';
import { keyOf, queryClient } from '../../api/query.ts';
import { showFieldErrors } from '../../parts/form.ts';
import { MayButton } from '../../parts/may-button.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Trouble } from '../../parts/states.tsx';
import { TenantSelect, useTenants } from '../../parts/tenants.tsx';
import { tell } from '../../parts/toast.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { changesOf, NEW_PBX, type PbxValues } from './pbx-values.ts';
import { Fields, GeneralFields, LoginFields, SourceFields } from './settings-tabs.tsx';

const words = pbxWords.fresh;
const route = getRouteApi('/shell/pbxs/new');

export function NewPbxScreen() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const may = useMay('pbx.create');
  const [trouble, setTrouble] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useForm<PbxValues>({ initialValues: NEW_PBX });
  const [tenant, setTenant] = useState<string | null>(search.tenant ?? null);

  async function create(andTest: boolean): Promise<void> {
    setBusy(true);
    setTrouble(null);
    try {
      const pbx = await call('POST /pbxs', { body: bodyOf(form.values, tenant) });
      queryClient.setQueryData(keyOf('GET /pbxs/{id}', { params: { id: pbx.id } }), pbx);
      void queryClient.invalidateQueries({ queryKey: ['pbxs'] });
      tell(words.added(pbx.name));
      await navigate({
        to: '/pbxs/$id',
        params: { id: pbx.id },
        search: { tab: 'source', ...(andTest && { test: 'open' }) },
      });
    } catch (error) {
      if (!showFieldErrors(form, error)) setTrouble(error);
      requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <PageHead title={words.title} about={words.about} trail={[[pbxWords.list.title, '/pbxs']]} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create(false);
        }}
        noValidate
      >
        <Fields disabled={!may.allowed}>
          <TenantChoice value={tenant} onChange={setTenant} />
          <GeneralFields form={form} pbx={null} />
          <SourceFields form={form} pbx={null} />
          <LoginFields form={form} pbx={null} />
        </Fields>
        {trouble !== null && <Trouble error={trouble} />}
        <Text size="sm" c="dimmed" mb="md">
          {words.later}
        </Text>
        <Group>
          <MayButton why={may.why} type="submit" loading={isBusy}>
            {words.create}
          </MayButton>
          {may.allowed && form.values.provisioningUrl.trim() !== '' && (
            <Button variant="light" onClick={() => void create(true)} disabled={isBusy}>
              {words.createAndTest}
            </Button>
          )}
        </Group>
      </form>
    </>
  );
}

function bodyOf(values: PbxValues, tenantId: string | null): Body<'POST /pbxs'> {
  // What has the server's own defaults is left to it, but for what the page shows as set.
  const changes = changesOf({ ...NEW_PBX, autoProvision: !values.autoProvision }, values);
  return {
    ...(changes as Body<'POST /pbxs'>),
    name: values.name,
    ...(tenantId !== null && { tenantId }),
  };
}

/** Only where there is a choice. */
function TenantChoice({
  value,
  onChange,
}: {
  readonly value: string | null;
  readonly onChange: (tenant: string | null) => void;
}) {
  const me = useMe();
  const { placed } = useTenants();
  if (placed.length < 2) return null;
  return (
    <TenantSelect
      label={pbxWords.general.tenant}
      description={pbxWords.general.tenantWhat}
      value={value ?? me.grants[0]?.tenantId ?? null}
      onChange={onChange}
      allowDeselect={false}
      maw={720}
      mb="md"
    />
  );
}
