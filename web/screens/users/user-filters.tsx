// What the list of users is narrowed by. All of it is in the address.
import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Answer } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { FilterChoice } from '../../parts/filter-choice.tsx';
import { PbxFilter, TenantFilter } from '../../parts/place-filters.tsx';
import { commonWords } from '../../words/common.ts';
import { reasonWords } from '../../words/reasons.ts';
import { provisioningWords } from '../../words/statuses.ts';
import { sayExactly } from '../../words/times.ts';
import { userWords } from '../../words/users.ts';
import { isFiltered, type UserSearch } from './user-search.ts';
import classes from './users.module.css';

const { filters: words } = userWords;

type Change = (change: Partial<Record<keyof UserSearch, string | undefined>>) => void;

interface UserFiltersProps {
  readonly search: UserSearch;
  readonly onChange: Change;
  readonly onClear: () => void;
}

const STATUSES = Object.entries(provisioningWords).map(([value, { word }]) => ({ value, label: word }));
const TYPES = Object.entries(userWords.types).map(([value, label]) => ({ value, label }));
const SOURCES = Object.entries(userWords.sources).map(([value, label]) => ({ value, label }));
const REASONS = Object.entries(reasonWords).map(([value, { title }]) => ({ value, label: title, hint: value }));
const SWITCHED = [
  { value: 'true', label: words.enabledOn },
  { value: 'false', label: words.enabledOff },
];

export function UserFilters({ search, onChange, onClear }: UserFiltersProps) {
  const usesMore = Boolean(search.import || search.enabled || search.route || search.type || search.source);
  const [isMore, setMore] = useState(usesMore);
  return (
    <>
      <TextFilter value={search.q ?? ''} onChange={(q) => onChange({ q })} />
      <FilterChoice
        label={words.status}
        several
        choices={STATUSES}
        value={search.status}
        onChange={(status) => onChange({ status })}
      />
      <ReasonFilter value={search.reason} onChange={(reason) => onChange({ reason })} />
      <PbxFilter value={search.pbx} onChange={(pbx) => onChange({ pbx })} />
      <TenantFilter value={search.tenant} onChange={(tenant) => onChange({ tenant })} />
      {(isMore || usesMore) && (
        <>
          <FilterChoice
            label={words.enabled}
            choices={SWITCHED}
            value={search.enabled}
            onChange={(enabled) => onChange({ enabled })}
          />
          <UploadFilter value={search.import} onChange={(id) => onChange({ import: id })} />
          <RouteFilter value={search.route} onChange={(route) => onChange({ route })} />
          <FilterChoice
            label={words.type}
            several
            choices={TYPES}
            value={search.type}
            onChange={(type) => onChange({ type })}
          />
          <FilterChoice
            label={words.source}
            several
            choices={SOURCES}
            value={search.source}
            onChange={(source) => onChange({ source })}
          />
        </>
      )}
      {!usesMore && (
        <Button
          variant="subtle"
          size="sm"
          px="xs"
          color="gray"
          c="var(--mantine-color-text)"
          aria-expanded={isMore}
          onClick={() => setMore(!isMore)}
        >
          {isMore ? words.fewer : words.more}
        </Button>
      )}
      {isFiltered(search) && (
        <Button variant="subtle" size="sm" px="xs" onClick={onClear}>
          {commonWords.clearFilters}
        </Button>
      )}
    </>
  );
}

/** Asked for when one stops typing. */
function TextFilter({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const say = useDebouncedCallback(onChange, 250);
  // The address may change by itself: back, a view, "clear".
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      className={classes.text}
      leftSection={<IconSearch size={16} aria-hidden />}
      placeholder={words.text}
      aria-label={words.text}
      type="search"
      data-filter
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        say(event.currentTarget.value);
      }}
    />
  );
}

interface OneFilter {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

function ReasonFilter(props: OneFilter) {
  return <FilterChoice label={words.reason} several choices={REASONS} {...props} />;
}

function UploadFilter(props: OneFilter) {
  const [isOpen, setOpen] = useState(false);
  const uploads = useQuery({ ...read('GET /imports', { query: { limit: '100' } }), enabled: isOpen });
  const one = useQuery({
    ...read('GET /imports/{id}', { params: { id: props.value } }),
    enabled: props.value !== undefined,
  });
  return (
    <FilterChoice
      label={words.upload}
      choices={(uploads.data?.items ?? []).map((upload) => ({
        value: upload.id,
        label: sayUpload(upload),
        hint: sayExactly(upload.createdAt),
      }))}
      nameOf={() => one.data && sayUpload(one.data)}
      onOpen={() => setOpen(true)}
      isLoading={uploads.isLoading}
      {...props}
    />
  );
}

const sayUpload = ({ fileName, createdAt }: Answer<'GET /imports/{id}'>): string => fileName ?? sayExactly(createdAt);

function RouteFilter(props: OneFilter) {
  const routes = useQuery(read('GET /voice-routes', { query: { limit: '500' } }));
  return (
    <FilterChoice
      label={words.route}
      choices={(routes.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      isLoading={routes.isLoading}
      {...props}
    />
  );
}
