/** One way to refuse a tool that is not well defined. */
import { HeddleError } from '../errors.ts'

/** HEDDLE_INVALID_TOOL. `name` is the tool's, as far as it has one. */
export function refuseTool(problem: string, name: unknown = ''): HeddleError {
  return new HeddleError('HEDDLE_INVALID_TOOL', { tool: String(name), problem })
}
