/** Whatever is excepted, from a rule of the house or a runtime's suite, says why. */
import { except } from '../architecture/rule.ts'
import type { Exceptions } from '../conformance/test-runtime.ts'
import type { Reason } from '../reason.ts'

export const reason: Reason = 'it has no lane that could die'
// @ts-expect-error an empty string says nothing
export const empty: Reason = ''
// @ts-expect-error and neither does one word
export const word: Reason = 'slow'

export const said: Exceptions = { except: { single: reason } }
// @ts-expect-error a runtime is not excepted without a reason
export const unsaid: Exceptions = { except: { single: '' } }
// @ts-expect-error nor is one that does not exist
export const unknownRuntime: Exceptions = { except: { double: reason } }

except({ 'src/clock.ts': reason }, () => [])
// @ts-expect-error nor is a file
except({ 'src/clock.ts': '' }, () => [])
