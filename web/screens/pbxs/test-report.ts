// A test as a text to be sent to whoever can help: what was asked, each step, cause and next action. What it is made of holds no
// secrets.
import type { TestResult } from '../../../src/api/contract/pbxs.ts';

interface ReportWords {
  title(name: string, time: string): string;
  asked(mac: string, url: string | null): string;
  readonly passed: string;
  failed(code: string | null): string;
}

export function writeReport(
  result: TestResult,
  pbxName: string,
  time: Date,
  words: ReportWords,
  meaning: string | null,
): string {
  const head = [
    words.title(pbxName, `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
    words.asked(result.mac, result.url),
    result.ok ? words.passed : words.failed(result.code),
    result.message,
    ...(meaning === null ? [] : [meaning]),
    ...(result.nextAction === null ? [] : [`-> ${result.nextAction}`]),
  ];
  const steps = result.steps.flatMap(({ step, ok, ms, text, detail }, index) => [
    `${index + 1}. ${step} ${ok ? 'ok' : 'FAILED'} (${Math.round(ms)} ms): ${text}`,
    ...detailLines(detail ?? {}).map((line) => `   ${line}`),
  ]);
  return [...head, '', ...steps, ...result.warningTexts.map((warning) => `! ${warning}`)].join('\n');
}

function detailLines(detail: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return [`${name}: ${String(value)}`];
    if (value.every((one) => typeof one !== 'object')) return [`${name}: ${value.join(', ')}`];
    return value.map((one, index) => `${name} ${index + 1}: ${certificateLine(one as Record<string, unknown>)}`);
  });
}

function certificateLine(certificate: Readonly<Record<string, unknown>>): string {
  return Object.entries(certificate)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('; ');
}
