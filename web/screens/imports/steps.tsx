// The five steps of an upload, the same above all of them.
import { Stepper } from '@mantine/core';
import { importWords } from '../../words/imports.ts';

export const STEPS = ['file', 'columns', 'check', 'submit', 'result'] as const;
export type Step = (typeof STEPS)[number];

export function isStep(text: string | undefined): text is Step {
  return STEPS.some((step) => step === text);
}

/** @param reached steps up to this one may be looked at */
export function Steps({
  step,
  reached,
  onStep,
}: {
  readonly step: Step;
  readonly reached: Step;
  readonly onStep: (step: Step) => void;
}) {
  const last = STEPS.indexOf(reached);
  return (
    <Stepper
      active={STEPS.indexOf(step)}
      onStepClick={(index) => onStep(STEPS[index] as Step)}
      size="sm"
      mb="lg"
      wrap
      aria-label={importWords.stepsLabel}
      iconSize={32}
    >
      {STEPS.map((each, index) => (
        <Stepper.Step
          key={each}
          label={importWords.steps[each][0]}
          description={importWords.steps[each][1]}
          allowStepSelect={index <= last}
          disabled={index > last}
          {...(each === step && { 'aria-current': 'step' as const })}
        />
      ))}
    </Stepper>
  );
}
