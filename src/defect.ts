import { HeddleError } from './errors.ts'

/**
 * The error for what can't happen while heddle is correct, as in
 * `throw defect('slot 3 holds no delivery')`. It blames heddle, and asks for a report.
 */
export function defect(what: string): HeddleError<'HEDDLE_DEFECT'> {
  return new HeddleError('HEDDLE_DEFECT', { what })
}
