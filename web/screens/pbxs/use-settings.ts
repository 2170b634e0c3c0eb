// The settings of a PBX while they are edited: what is typed stays whatever happens meanwhile, across all tabs of the page.
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Answer, type Body, call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { keyOf, queryClient } from '../../api/query.ts';
import { showFieldErrors } from '../../parts/form.ts';
import {
  changedFields,
  changesOf,
  type FieldName,
  type Meanwhile,
  mergeMeanwhile,
  type PbxValues,
  TAB_OF,
  valuesOf,
} from './pbx-values.ts';

export type Pbx = Answer<'GET /pbxs/{id}'>;
export type PbxForm = UseFormReturnType<PbxValues>;
export type SettingsTab = (typeof TAB_OF)[FieldName];

export interface Settings {
  readonly form: PbxForm;
  /** As the form began: what changes are measured by, and what is saved over. */
  readonly base: Pbx;
  readonly baseValues: PbxValues;
  readonly changed: readonly FieldName[];
  readonly isSaving: boolean;
  /** What could not be put at a field. */
  readonly trouble: unknown;
  /** What somebody else changed while this form was open. */
  readonly meanwhile: Meanwhile | null;
  /** Tabs with a field that the server refused. */
  readonly badTabs: ReadonlySet<SettingsTab>;
  readonly changedTabs: ReadonlySet<SettingsTab>;
  set(name: FieldName, value: unknown): void;
  /** @returns the PBX as it is now, or null when it was not saved */
  save(): Promise<Pbx | null>;
  discard(): void;
  dismissMeanwhile(): void;
  /** What the server answered to a change beside this form, such as a certificate. */
  take(pbx: Pbx): void;
}

/** @param onRefused told which tab has the first field that is wrong */
export function useSettings(pbx: Pbx, onRefused: (tab: SettingsTab) => void): Settings {
  const [base, setBase] = useState(pbx);
  const baseValues = useMemo(() => valuesOf(base), [base]);
  const form = useForm<PbxValues>({ initialValues: valuesOf(pbx) });
  const { values } = form;
  const [isSaving, setSaving] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [meanwhile, setMeanwhile] = useState<Meanwhile | null>(null);
  const changed = useMemo(() => changedFields(baseValues, values), [baseValues, values]);

  const newest = useRef({ base, values, form });
  newest.current = { base, values, form };
  const take = useCallback((theirs: Pbx) => {
    const { base: before, values: mine, form: held } = newest.current;
    queryClient.setQueryData(keyOf('GET /pbxs/{id}', { params: { id: theirs.id } }), theirs);
    if (theirs.version <= before.version) return;
    const merged = mergeMeanwhile(valuesOf(before), mine, valuesOf(theirs));
    held.setValues(merged.values);
    setBase(theirs);
    const isTyped = changedFields(valuesOf(before), mine).length > 0;
    if (isTyped && merged.taken.length + merged.both.length > 0) setMeanwhile(merged);
  }, []);
  // Somebody else saved: the feed made the page read it again.
  useEffect(() => take(pbx), [pbx, take]);

  const restart = (now: Pbx) => {
    queryClient.setQueryData(keyOf('GET /pbxs/{id}', { params: { id: now.id } }), now);
    setBase(now);
    form.setValues(valuesOf(now));
    form.clearErrors();
    setTrouble(null);
    setMeanwhile(null);
  };
  async function save(): Promise<Pbx | null> {
    setSaving(true);
    setTrouble(null);
    form.clearErrors();
    try {
      const now = await call('PATCH /pbxs/{id}', {
        params: { id: base.id },
        query: values.userPasswords === undefined ? {} : { userPasswords: values.userPasswords },
        body: changesOf(baseValues, values) as Body<'PATCH /pbxs/{id}'>,
        ifMatch: base,
      });
      restart(now);
      void queryClient.invalidateQueries({ queryKey: ['pbxs'], refetchType: 'none' });
      return now;
    } catch (error) {
      if (isProblem(error) && error.status === 412 && error.current) take(error.current as Pbx);
      else {
        if (!showFieldErrors(form, error)) setTrouble(error);
        const tab = firstTabOf(error);
        if (tab) onRefused(tab);
      }
      return null;
    } finally {
      setSaving(false);
    }
  }
  const badTabs = useMemo(
    () => new Set(Object.keys(form.errors).flatMap((path) => tabOfPath(path) ?? [])),
    [form.errors],
  );
  const changedTabs = useMemo(() => new Set(changed.map((name) => TAB_OF[name])), [changed]);
  return {
    form,
    base,
    baseValues,
    changed,
    isSaving,
    trouble,
    meanwhile,
    badTabs,
    changedTabs,
    // Not all values at once: that would take the errors of the other fields away.
    set: (name, value) => form.setFieldValue(name as 'name', value as string),
    save,
    discard: () => restart(base),
    dismissMeanwhile: () => setMeanwhile(null),
    take,
  };
}

/** `persona.model`, `allowedOrigins.0` and `name` alike. */
function tabOfPath(path: string): SettingsTab | null {
  const name = Object.keys(TAB_OF).find((one) => path === one || path.startsWith(`${one}.`));
  return name === undefined ? null : TAB_OF[name as FieldName];
}

function firstTabOf(error: unknown): SettingsTab | null {
  if (!isProblem(error)) return null;
  for (const { pointer } of error.errors) {
    const tab = tabOfPath(pointer.replace(/^#\/(body|query)\//, '').replaceAll('/', '.'));
    if (tab !== null) return tab;
  }
  return null;
}
