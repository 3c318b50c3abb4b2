"""What stops a pipeline on the Spark engine before Spark runs it."""


class Refused(Exception):
    """What the user has to change: Spark has no equal of what the SQL, or the file, asks for.

    `line` and `column` count from 1 within the text that was looked at; 1, 1 is its first character.
    """

    def __init__(self, message, line=1, column=1):
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self):
        return f"{self.line}:{self.column}: {self.message}"
