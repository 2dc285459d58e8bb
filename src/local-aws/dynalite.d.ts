declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** Where LevelDB keeps the tables; in memory without it. */
    path?: string;
    /** How long a table stays in CREATING, DELETING, UPDATING; 500 ms each by default. */
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }

  export default function dynalite(options?: Options): Server;
}
