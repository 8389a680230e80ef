import { startToolPool } from 'heddle/tools'
import { square } from './square.tools.ts'

// It lies beside the file that this one is bundled into.
const threadEntry = new URL('./tool-thread.js', import.meta.url)

const pool = startToolPool({ threads: 1, threadEntry })
console.log(await pool.run(square, { of: 7 }))
