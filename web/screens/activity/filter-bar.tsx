// The filters of the feed; all of them are in the address.
import { Button, Group, SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { FilterChoice } from '../../parts/filter-choice.tsx';
import { PbxFilter, TenantFilter } from '../../parts/place-filters.tsx';
import { UserFilter } from '../../parts/user-filter.tsx';
import { activityWords } from '../../words/activity.ts';
import { commonWords } from '../../words/common.ts';
import { entryWords } from '../../words/entries.ts';
import { reasonWords } from '../../words/reasons.ts';
import { type ActivitySearch, isFiltered } from './filter.ts';
import { TimeFilter } from './time-filter.tsx';

const OUTCOMES = Object.entries(entryWords.outcomes).map(([value, { word }]) => ({ value, label: word }));
const CODES = Object.entries(reasonWords).map(([value, { title }]) => ({ value, label: title, hint: value }));
const VERBS = Object.entries(entryWords.verbs).map(([value, label]) => ({ value, label }));
/** Of typing, until the list is asked for. */
const PAUSE_MS = 300;

interface FilterBarProps {
  readonly search: ActivitySearch;
  readonly onChange: (changes: ActivitySearch) => void;
  readonly onClear: () => void;
}

export function FilterBar({ search, onChange, onClear }: FilterBarProps) {
  const set = (name: keyof ActivitySearch) => (value: string | undefined) => onChange({ [name]: value });
  return (
    <Group gap="xs" mb="sm" role="search" aria-label={commonWords.filter}>
      <TextFilter value={search.q} onChange={set('q')} />
      <TimeFilter from={search.from} to={search.to} onChange={onChange} />
      <FilterChoice
        label={activityWords.outcome}
        choices={OUTCOMES}
        several
        value={search.outcome}
        onChange={set('outcome')}
      />
      <FilterChoice label={activityWords.code} choices={CODES} several value={search.code} onChange={set('code')} />
      <FilterChoice label={activityWords.kind} choices={VERBS} several value={search.verb} onChange={set('verb')} />
      <PbxFilter value={search.pbx} onChange={set('pbx')} />
      <TenantFilter value={search.tenant} onChange={set('tenant')} />
      <UserFilter value={search.user} onChange={set('user')} />
      {search.import !== undefined && (
        <OnlyOne label={activityWords.ofOneUpload} onClear={() => set('import')(undefined)} />
      )}
      {isFiltered(search) && (
        <Button variant="subtle" size="sm" onClick={onClear}>
          {commonWords.clearFilters}
        </Button>
      )}
      <SegmentedControl
        ml="auto"
        size="xs"
        aria-label={activityWords.showAs}
        value={search.group === 'no' || search.group === 'all' ? search.group : 'yes'}
        onChange={(value) => onChange({ group: value === 'yes' ? undefined : value })}
        data={[
          { value: 'yes', label: activityWords.grouped },
          { value: 'no', label: activityWords.each },
          { value: 'all', label: activityWords.summed },
        ]}
      />
    </Group>
  );
}

function TextFilter({
  value = '',
  onChange,
}: {
  readonly value?: string | undefined;
  readonly onChange: (text: string | undefined) => void;
}) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const tell = useRef(onChange);
  tell.current = onChange;
  // Changed from outside, such as by the button that clears all filters.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = wanted;
      tell.current(wanted === '' ? undefined : wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <TextInput
      data-filter
      type="search"
      size="sm"
      w={{ base: '100%', xs: 240 }}
      aria-label={activityWords.search}
      placeholder={activityWords.search}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

/** A filter that only links set. */
function OnlyOne({ label, onClear }: { readonly label: string; readonly onClear: () => void }) {
  return (
    <Button variant="default" size="sm" rightSection={<IconX size={14} aria-hidden />} onClick={onClear}>
      {label}
    </Button>
  );
}
