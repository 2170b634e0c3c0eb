// More users than a tenant may have, as the API says it.
import { describeLimit, type PassedLimit, UserLimitPassed } from '../store/user-limits.ts';
import { conflict, type Problem } from './problem.ts';

export function overLimit(passed: PassedLimit): Problem {
  return conflict('user-limit', describeLimit(passed));
}

/** @throws Problem 409, or what it was given */
export function limitPassed(error: unknown): never {
  throw error instanceof UserLimitPassed ? overLimit(error.passed) : error;
}
