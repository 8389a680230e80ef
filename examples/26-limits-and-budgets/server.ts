/** A model server that is somewhere else: it takes four calls at a time, and refuses more. */
import { setTimeout as pause } from 'node:timers/promises'
import { scriptedModel } from 'heddle/testing'

const AT_ONCE = 4

let underWay = 0
export const seen = { refused: 0 }

export const model = scriptedModel(async () => {
  if (underWay === AT_ONCE) {
    seen.refused++
    throw new Error('429: too many calls at once')
  }
  underWay++
  await pause(5)
  underWay--
  return 'Use fewer threads.'
})
