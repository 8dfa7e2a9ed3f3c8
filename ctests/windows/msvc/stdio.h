/* What sock.h needs of the C runtime's <stdio.h>, which is not at hand for Microsoft's target. */
typedef struct _iobuf FILE;
