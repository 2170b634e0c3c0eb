// One tab of the settings. A chunk of its own: most who open a PBX look at how it fares.
import { useMay } from '../../api/me.ts';
import { Certificates } from './certificates.tsx';
import { useSeenFields } from './seen-fields.ts';
import {
  Fields,
  GeneralFields,
  LoginFields,
  MappingFields,
  ScheduleFields,
  SourceFields,
  TlsFields,
} from './settings-tabs.tsx';
import type { Pbx, Settings, SettingsTab } from './use-settings.ts';

interface SettingsTabProps {
  readonly tab: SettingsTab;
  readonly settings: Settings;
  /** How it fares now, which the form does not know. */
  readonly pbx: Pbx;
}

export function SettingsTabFields({ tab, settings, pbx }: SettingsTabProps) {
  const may = useMay('pbx.change', { tenantId: pbx.tenantId, pbxId: pbx.id });
  const seen = useSeenFields(pbx.id, tab === 'mapping');
  const { form, base } = settings;
  return (
    <Fields disabled={!may.allowed}>
      {tab === 'general' && <GeneralFields form={form} pbx={base} />}
      {tab === 'source' && <SourceFields form={form} pbx={base} />}
      {tab === 'login' && <LoginFields form={form} pbx={base} />}
      {tab === 'tls' && (
        <>
          <Certificates settings={settings} disabled={!may.allowed} />
          <TlsFields form={form} pbx={base} />
        </>
      )}
      {tab === 'mapping' && <MappingFields form={form} pbx={base} seen={seen} />}
      {tab === 'schedule' && <ScheduleFields form={form} pbx={pbx} />}
    </Fields>
  );
}
