// What the API says about fields, put at the fields of a form.
import type { UseFormReturnType } from '@mantine/form';
import { ApiProblem } from '../api/problem.ts';

/**
 * Sets the errors of a problem at the fields they point to (`#/body/persona/vendor` is `persona.vendor`).
 * @returns true when every error found its field; otherwise show the problem as a whole too
 */
// biome-ignore lint/suspicious/noExplicitAny: works for a form of any values.
export function showFieldErrors(form: UseFormReturnType<any>, error: unknown): boolean {
  if (!(error instanceof ApiProblem) || error.errors.length === 0) return false;
  const names = new Set(Object.keys(form.getValues() as object));
  let all = true;
  for (const { pointer, detail } of error.errors) {
    const path = pointer.replace(/^#\/(body|query)\//, '').split('/');
    if (path[0] !== undefined && names.has(path[0])) form.setFieldError(path.join('.'), detail);
    else all = false;
  }
  return all;
}
