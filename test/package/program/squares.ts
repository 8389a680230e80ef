/** A program that uses a pool of tools, and nothing else of heddle. */
import { startToolPool } from 'heddle/tools'
import { square } from './square.tools.ts'

const pool = startToolPool({ threads: 1 })
console.log(await pool.run(square, { of: 7 }))
console.log(await square.run({ of: 8 }))
