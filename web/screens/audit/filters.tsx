// The filters of the audit.
import { Autocomplete, Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { TenantFilter } from '../../parts/place-filters.tsx';
import { useTypedSearch } from '../../parts/typed-search.ts';
import { auditWords } from '../../words/audit.ts';
import { roleWords } from '../../words/roles.ts';
import { type AuditSearch, localOf } from './filter.ts';

const OBJECTS = [
  'pbx',
  'user',
  'import',
  'voiceRoute',
  'tenant',
  'member',
  'session',
  'apiKey',
  'webhook',
  'ssoProvider',
  'domain',
  'whyLink',
  'audit',
];
/** What stands in no table of rights, and in the audit. */
const MORE_ACTIONS = [
  'session.begin',
  'session.end',
  'session.endOthers',
  'member.changePassword',
  'member.enableSecondFactor',
  'member.disableSecondFactor',
  'webhook.create',
  'webhook.delete',
  'webhook.ping',
  'webhook.resend',
  'webhook.rotateSecret',
  'ssoProvider.create',
  'ssoProvider.change',
  'ssoProvider.delete',
  'audit.export',
  'audit.verify',
];
const ACTIONS = [
  ...Object.keys(roleWords.doings).filter((action) => !action.endsWith('.read') && action !== 'self'),
  ...MORE_ACTIONS,
].sort();
const RANGES = [
  ['-1d', auditWords.ranges.day],
  ['-7d', auditWords.ranges.week],
  ['-30d', auditWords.ranges.month],
] as const;
const CHOSEN = 'chosen';

export function Filters({
  search,
  onChange,
}: {
  readonly search: AuditSearch;
  readonly onChange: (changes: AuditSearch) => void;
}) {
  const { tenant, actor, action, object, from, to } = search;
  const [typedAction, setTypedAction] = useTypedSearch(action, (text) => onChange({ action: text }));
  const isFiltered = [tenant, actor, action, object, from, to].some((value) => value !== undefined);
  const isRange = to === undefined && RANGES.some(([value]) => value === from);
  const range = isRange ? (from ?? null) : from !== undefined || to !== undefined ? CHOSEN : null;
  const width = { base: '100%', xs: 190 };
  return (
    <Group mb="sm" gap="sm" align="flex-end">
      <ActorSelect value={actor} onChange={(value) => onChange({ actor: value })} width={width} />
      <Autocomplete
        data-filter
        aria-label={auditWords.action}
        placeholder={auditWords.anyAction}
        data={ACTIONS}
        value={typedAction}
        onChange={setTypedAction}
        limit={60}
        maxDropdownHeight={300}
        comboboxProps={{ withinPortal: true }}
        w={width}
      />
      <Select
        aria-label={auditWords.object}
        placeholder={auditWords.anyObject}
        data={[
          ...OBJECTS.map((value) => ({ value, label: value })),
          ...(object?.includes(':') ? [{ value: object, label: auditWords.onlyObject }] : []),
        ]}
        value={object ?? null}
        onChange={(value) => onChange({ object: value ?? undefined })}
        searchable
        clearable
        comboboxProps={{ withinPortal: true }}
        w={width}
      />
      <TenantFilter value={tenant} onChange={(id) => onChange({ tenant: id })} />
      <Select
        aria-label={auditWords.range}
        placeholder={auditWords.anyTime}
        data={[...RANGES.map(([value, label]) => ({ value, label })), { value: CHOSEN, label: auditWords.chosenTime }]}
        value={range}
        onChange={(value) => {
          // From … until begins with what is seen now: a day.
          const begin = value === CHOSEN ? new Date(Date.now() - 86_400_000).toISOString() : (value ?? undefined);
          onChange({ from: begin, to: undefined });
        }}
        clearable
        comboboxProps={{ withinPortal: true }}
        w={width}
      />
      {range === CHOSEN && (
        <>
          <Moment label={auditWords.from} value={from} onChange={(value) => onChange({ from: value })} />
          <Moment label={auditWords.to} value={to} onChange={(value) => onChange({ to: value })} />
        </>
      )}
      {isFiltered && (
        <Button
          variant="subtle"
          c="var(--mantine-color-text)"
          onClick={() => {
            setTypedAction('');
            onChange({
              tenant: undefined,
              actor: undefined,
              action: undefined,
              object: undefined,
              from: undefined,
              to: undefined,
            });
          }}
        >
          {auditWords.clear}
        </Button>
      )}
    </Group>
  );
}

function Moment({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (moment: string | undefined) => void;
}) {
  return (
    <TextInput
      label={label}
      type="datetime-local"
      value={localOf(value)}
      onChange={({ currentTarget: { value: typed } }) =>
        onChange(typed === '' ? undefined : new Date(typed).toISOString())
      }
    />
  );
}

/** Members and keys by name; what the address names and nobody has any more stays as it is. */
function ActorSelect({
  value,
  onChange,
  width,
}: {
  readonly value: string | undefined;
  readonly onChange: (actor: string | undefined) => void;
  readonly width: object;
}) {
  const mayMembers = useMay('member.read').allowed;
  const mayKeys = useMay('apiKey.read').allowed;
  const members = useQuery({ ...read('GET /members', { query: { limit: '500' } }), enabled: mayMembers });
  const keys = useQuery({ ...read('GET /api-keys', { query: { limit: '500' } }), enabled: mayKeys });
  const data = [
    ...(members.data?.items.map(({ id, email }) => ({ value: `member:${id}`, label: email })) ?? []),
    ...(keys.data?.items.map(({ id, name }) => ({ value: `key:${id}`, label: name })) ?? []),
    ...Object.entries(auditWords.special).map(([special, label]) => ({ value: special, label })),
  ];
  if (value !== undefined && !data.some((one) => one.value === value)) data.push({ value, label: value });
  return (
    <Select
      aria-label={auditWords.actor}
      placeholder={auditWords.anyActor}
      data={data}
      value={value ?? null}
      onChange={(actor) => onChange(actor ?? undefined)}
      searchable
      clearable
      limit={100}
      comboboxProps={{ withinPortal: true }}
      w={width as never}
    />
  );
}
