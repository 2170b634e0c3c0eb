// Buttons and links in the rows of a table: Tab reaches only those of the row that one is on, or it would stop a hundred times.
import { createContext, useContext } from 'react';

export const RowTabContext = createContext<0 | -1>(0);

/** The `tabIndex` of what can be pressed in a row; outside of tables 0. */
export const useRowTab = (): 0 | -1 => useContext(RowTabContext);
