// The steps of one attempt: what was done, how it went, and when it took how long, as bars on one line of time.
import { VisuallyHidden } from '@mantine/core';
import { entryWords } from '../words/entries.ts';
import { Dot } from './status-chip.tsx';
import classes from './steps.module.css';

export interface Step {
  readonly step: string;
  readonly ok: boolean;
  readonly ms?: number | undefined;
  readonly text: string;
}

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  const total = Math.max(
    1,
    steps.reduce((sum, { ms = 0 }) => sum + ms, 0),
  );
  let begun = 0;
  return (
    <table className={classes.steps}>
      <thead>
        <tr>
          <th scope="col">{entryWords.step}</th>
          <th scope="col" className={classes.took}>
            {`${entryWords.took} (${entryWords.total.toLowerCase()} ${entryWords.ms(total)})`}
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map(({ step, ok, ms, text }, index) => {
          const from = begun;
          begun += ms ?? 0;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have an order and nothing else.
            <tr key={index}>
              <td>
                <Dot word={entryWords.sayStep(step)} dot={ok ? '--dot-ok' : '--dot-failed'} />
                <VisuallyHidden>{ok ? entryWords.worked : entryWords.didNotWork}</VisuallyHidden>
                <div className={classes.text}>{text}</div>
              </td>
              <td>
                {ms === undefined ? '' : entryWords.ms(ms)}
                {ms !== undefined && (
                  <div className={classes.track} aria-hidden>
                    <div
                      className={classes.bar}
                      data-failed={!ok || undefined}
                      style={{ left: `${(from / total) * 97}%`, width: `${(ms / total) * 97}%` }}
                    />
                  </div>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
