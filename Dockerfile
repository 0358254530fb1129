# A Debian 12 in which everything builds and every check runs:
#
#   docker build -t ringside . && docker run --rm -it ringside compare
#   docker run --rm -it -v "$PWD":/src ringside check        # your checkout instead of the copy
#
# The packages are installed by ./ringside itself, so that there is one list of them. `check --only` with no step
# installs what the checks need and runs none.
FROM debian:12-slim

ENV LANG=C.UTF-8
WORKDIR /src

# A layer of its own: sources change more often than the list of packages.
COPY ringside ./
COPY tests/tools/check tests/tools/check
RUN ./ringside check --only '' && apt-get clean && rm -rf /var/lib/apt/lists/* build

COPY . .
RUN ./ringside version

ENTRYPOINT ["./ringside"]
CMD ["compare"]
